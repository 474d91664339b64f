// A moment, in the reader's own time zone, with the exact one at hand.

const form = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const precise = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" });

export function Moment({ at }: { at: string | Date | null | undefined }) {
  const date = at ? new Date(at) : undefined;
  if (!date || Number.isNaN(date.getTime())) {
    return <>–</>;
  }
  return (
    <time dateTime={date.toISOString()} title={precise.format(date)}>
      {form.format(date)}
    </time>
  );
}
