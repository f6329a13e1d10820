// A bar for each day, the days without any among them; the same as a table for who cannot see it.

import type { Schemas } from "../../api/contract";
import { everyDay } from "../../words/days";
import { dayInUtc, daysInUtc } from "../../words/times";

type Day = Schemas["DayRead"];

interface Props {
  title: string;
  days: Day[];
  count: number;
  of: (day: Day) => number;
}

export function Days({ title, days, count, of }: Props) {
  const shown = everyDay(days, count);
  const most = Math.max(1, ...shown.map(of));
  return (
    <section className="card">
      <div className="row apart">
        <h2>{title}</h2>
        <span className="small soft">{daysInUtc(shown[0]?.day_unix ?? 0, shown.at(-1)?.day_unix ?? 0)}</span>
      </div>
      <div className="days" aria-hidden="true">
        {shown.map((each) => (
          <div key={each.day_unix} title={`${dayInUtc(each.day_unix)}: ${of(each).toLocaleString()}`}>
            <span className="small numbers soft">{of(each) ? of(each).toLocaleString() : ""}</span>
            <span className="column" style={{ height: `${(100 * of(each)) / most}%` }} />
            <span className="small soft nowrap">{new Date(each.day_unix * 1000).getUTCDate()}</span>
          </div>
        ))}
      </div>
      <table className="hidden-text">
        <caption>{title}</caption>
        <tbody>
          {shown.map((each) => (
            <tr key={each.day_unix}>
              <th scope="row">{dayInUtc(each.day_unix)}</th>
              <td>{of(each)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
