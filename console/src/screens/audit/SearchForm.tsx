import Autosuggest from "@cloudscape-design/components/autosuggest";
import Button from "@cloudscape-design/components/button";
import DateRangePicker, { type DateRangePickerProps } from "@cloudscape-design/components/date-range-picker";
import FormField from "@cloudscape-design/components/form-field";
import Grid from "@cloudscape-design/components/grid";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type FormEvent, useState } from "react";
import { AccountSuggest } from "../../parts/AccountSuggest";
import { useSession } from "../../session/session";
import type { Search } from "./api";

const quarters = Array.from({ length: 4 }, () => ({ colspan: { default: 12, s: 6, l: 3 } }));

const relative: DateRangePickerProps.RelativeOption[] = [
  { key: "hour", amount: 1, unit: "hour", type: "relative" },
  { key: "day", amount: 1, unit: "day", type: "relative" },
  { key: "week", amount: 7, unit: "day", type: "relative" },
  { key: "month", amount: 30, unit: "day", type: "relative" },
];

const millisecondsOf: Partial<Record<DateRangePickerProps.TimeUnit, number>> = {
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
  week: 7 * 86_400_000,
  month: 30 * 86_400_000,
  year: 365 * 86_400_000,
};

const nothing: Search = { operation: "", principal: "", "account-id": "", since: "", until: "" };

// SearchForm says what to look for in the audit.
export function SearchForm({ search, submit }: { search: Search; submit(search: Search): void }) {
  const { caller } = useSession();
  const [draft, setDraft] = useState(search);
  const [range, setRange] = useState(() => rangeOf(search));
  const [shown, setShown] = useState(search);
  if (shown !== search) {
    // Another search was gone to: by a link, or back.
    setShown(search);
    setDraft(search);
    setRange(rangeOf(search));
  }
  const change = (part: Partial<Search>) => setDraft({ ...draft, ...part });
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    submit({ ...trimmed(draft), ...limitsOf(range, search) });
  };
  const operations = [...new Set(caller.AllowedActions.map((action) => action.slice(action.indexOf(":") + 1)))];
  return (
    <form onSubmit={onSubmit} role="search">
      <SpaceBetween size="s">
        <Grid gridDefinition={quarters}>
          <FormField label="Operation" stretch>
            <Autosuggest
              value={draft.operation}
              options={operations.map((value) => ({ value }))}
              enteredTextLabel={(value) => `Search for ${value}`}
              onChange={({ detail }) => change({ operation: detail.value })}
            />
          </FormField>
          <FormField label="Principal" stretch>
            <Autosuggest
              value={draft.principal}
              options={[{ value: caller.Arn, label: "Me", description: caller.Arn }]}
              placeholder="Its whole ARN"
              enteredTextLabel={(value) => `Search for ${value}`}
              onChange={({ detail }) => change({ principal: detail.value })}
            />
          </FormField>
          <FormField label="Account" stretch>
            <AccountSuggest
              value={draft["account-id"]}
              placeholder="Its name or ID"
              valueOf={({ AccountId }) => AccountId ?? ""}
              change={(value) => change({ "account-id": value })}
            />
          </FormField>
          <FormField label="Time" stretch>
            <DateRangePicker
              value={range}
              relativeOptions={relative}
              placeholder="Any time"
              ariaLabel="Time"
              absoluteFormat="slashed"
              hideTimeOffset
              isValidRange={(value) =>
                value?.type === "absolute" && (!value.startDate || !value.endDate)
                  ? { valid: false, errorMessage: "Choose both ends." }
                  : { valid: true }
              }
              onChange={({ detail }) => setRange(detail.value)}
            />
          </FormField>
        </Grid>
        <SpaceBetween direction="horizontal" size="xs">
          <Button formAction="submit" variant="primary">
            Search
          </Button>
          <Button
            formAction="none"
            onClick={() => {
              setDraft(nothing);
              setRange(null);
              submit(nothing);
            }}
          >
            Clear
          </Button>
        </SpaceBetween>
      </SpaceBetween>
    </form>
  );
}

function trimmed(search: Search): Search {
  return Object.fromEntries(Object.entries(search).map(([name, value]: [string, string]) => [name, value.trim()])) as unknown as Search;
}

function rangeOf({ since, until }: Search): DateRangePickerProps.Value | null {
  return since ? { type: "absolute", startDate: since, endDate: until || new Date().toISOString() } : null;
}

// limitsOf is a range as the server takes it. One that has no end in the address keeps none, as long as it is the same.
function limitsOf(range: DateRangePickerProps.Value | null, before: Search): Pick<Search, "since" | "until"> {
  if (!range) {
    return { since: "", until: "" };
  }
  if (range.type === "relative") {
    return { since: new Date(Date.now() - range.amount * (millisecondsOf[range.unit] ?? 0)).toISOString(), until: "" };
  }
  const since = new Date(range.startDate).toISOString();
  return { since, until: !before.until && since === before.since ? "" : new Date(range.endDate).toISOString() };
}
