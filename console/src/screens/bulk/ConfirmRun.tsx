import Box from "@cloudscape-design/components/box";
import { useMemo } from "react";
import type { Plan, Target } from "../../bulk/types";
import { Confirm } from "../../parts/Confirm";
import { Name } from "../../parts/Name";
import { useSession } from "../../session/session";
import { useLastAdministrator } from "../users/administrators";
import { count, doingOf } from "./words";

function consequence({ action, account, license }: Plan): string {
  switch (action) {
    case "suspend":
      return account.type === "Team"
        ? "They leave the account and go on as free users. Only a new invitation brings them back."
        : "They are signed out everywhere at once and kept out, until they are activated.";
    case "unsuspend":
      return "They may sign in again. What they were signed in to stays ended.";
    case "update":
      return `Each gets the license ${license}.`;
    case "invite":
      return "Each is mailed an invitation.";
    case "logout":
      return "They are signed out of everything at once, and may sign in again.";
  }
}

interface Props {
  plan: Plan;
  targets: Target[];
  changing: number;
  start(): Promise<void>;
  close(): void;
}

// ConfirmRun asks once more, and twice of whoever is on the list themselves.
export function ConfirmRun({ plan, targets, changing, start, close }: Props) {
  const { caller } = useSession();
  const harmful = plan.action === "suspend" || plan.action === "logout";
  const meant = useMemo(() => targets.flatMap(({ userId, effect }) => (userId && effect.kind === "change" ? [{ UserId: userId }] : [])), [targets]);
  const self = harmful && meant.some(({ UserId }) => UserId === caller.UserId);
  const last = useLastAdministrator(meant) && plan.action === "suspend";
  const acknowledge = [
    ...(self ? [plan.action === "suspend" ? "I am on the list, and lose what I may do here" : "I am on the list, and am signed out too"] : []),
    ...(last ? ["Nobody is left who administers by signing in: only access keys are"] : []),
  ];
  return (
    <Confirm
      title={`${doingOf(plan)} ${count(changing, "user", "users")}?`}
      submit={doingOf(plan)}
      failed="The run was not begun"
      acknowledge={acknowledge}
      run={start}
      done={() => {}}
      close={close}
    >
      <Box>
        {count(changing, "user", "users")} of <Name>{plan.account.name}</Name>. {consequence(plan)}
      </Box>
      <Box color="text-body-secondary">It goes on while you look at other screens. When this tab is closed it pauses, and can be resumed in this browser.</Box>
    </Confirm>
  );
}
