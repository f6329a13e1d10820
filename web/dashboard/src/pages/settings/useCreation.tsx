// Making one of a list: told afterwards, the list is read anew and the form is empty again.

import { type QueryKey, useMutation } from "@tanstack/react-query";
import { client } from "../../api/queries";
import { Copy } from "../../parts/Copy";
import { note } from "../../shell/notes";

interface Wanted<T> {
  queryKey: QueryKey;
  make: () => Promise<T>;
  /** What is said when it is made; nothing where the page itself shows it. */
  done?: string;
  /** Empties the form. */
  empty: () => void;
}

export function useCreation<T>({ queryKey, make, done, empty }: Wanted<T>) {
  return useMutation({
    mutationFn: make,
    onSuccess: () => {
      if (done) note(done);
      empty();
      void client.invalidateQueries({ queryKey });
    },
  });
}

/** Something that is shown this once, to be copied. */
export function Once({ says, text, what }: { says: string; text: string; what: string }) {
  return (
    <div className="notice good" role="status">
      <div className="grow stack tight">
        <p>{says}</p>
        <p className="row" style={{ gap: "0.2rem" }}>
          <code className="anywhere">{text}</code>
          <Copy text={text} what={what} />
        </p>
      </div>
    </div>
  );
}
