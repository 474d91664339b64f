// How many users an account has, as they were counted last: nobody counts while somebody looks.
import Popover from "@cloudscape-design/components/popover";
import { useQuery } from "@tanstack/react-query";
import { useAllowed } from "../../api/allowed";
import { Moment } from "../../parts/Moment";
import { useSession } from "../../session/session";
import { accountKey } from "./api";

interface Summary {
  ComputedTimestamp: string;
  Registered: number;
  Unregistered: number;
  Suspended: number;
  Basic: number;
  Pro: number;
}

export function Counts({ account }: { account: string }) {
  const { extensions } = useSession();
  const gate = useAllowed(account)("chime:GetAccountSummary");
  const counted = useQuery({
    queryKey: [...accountKey(account), "summary"],
    queryFn: ({ signal }) => extensions.call<{ Summary: Summary | null }>("GET", ["accounts", account, "summary"], {}, undefined, signal),
    enabled: !gate.disabled,
  });
  const summary = counted.data?.Summary;
  if (!summary) {
    return null;
  }
  const { Registered, Unregistered, Suspended, Basic, Pro } = summary;
  const total = Registered + Unregistered + Suspended;
  return (
    <Popover
      size="large"
      dismissButton={false}
      triggerType="text-inline"
      content={
        <>
          {Registered.toLocaleString()} registered, {Unregistered.toLocaleString()} invited, {Suspended.toLocaleString()} suspended;{" "}
          {Pro.toLocaleString()} Pro, {Basic.toLocaleString()} Basic. Counted <Moment at={summary.ComputedTimestamp} />.
        </>
      }
    >
      {total === 1 ? "1 user" : `${total.toLocaleString()} users`}
    </Popover>
  );
}
