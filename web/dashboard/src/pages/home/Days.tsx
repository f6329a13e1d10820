// A bar for each day, the days without any among them; the same as a table for who cannot see it.

import type { Schemas } from "../../api/contract";
import { everyDay } from "../../words/days";
import { day, duration } from "../../words/times";

export function Days({ days, count }: { days: Schemas["DayRead"][]; count: number }) {
  const shown = everyDay(days, count);
  const most = Math.max(1, ...shown.map(({ calls }) => calls));
  return (
    <>
      <div className="days" aria-hidden="true">
        {shown.map((each) => (
          <div key={each.day_unix} title={`${day(each.day_unix)}: ${each.calls}, ${duration(each.seconds)}`}>
            <span className="small numbers soft">{each.calls || ""}</span>
            <span className="column" style={{ height: `${(100 * each.calls) / most}%` }} />
            <span className="small soft">{new Date(each.day_unix * 1000).getUTCDate()}</span>
          </div>
        ))}
      </div>
      <table className="hidden-text">
        <caption>Conversations by day</caption>
        <tbody>
          {shown.map((each) => (
            <tr key={each.day_unix}>
              <th scope="row">{day(each.day_unix)}</th>
              <td>{each.calls}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}
