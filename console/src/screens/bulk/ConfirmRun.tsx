import Box from "@cloudscape-design/components/box";
import type { Plan, Target } from "../../bulk/types";
import { Confirm } from "../../parts/Confirm";
import { Name } from "../../parts/Name";
import { useSession } from "../../session/session";
import { count, words } from "./words";

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
  const self = harmful && targets.some(({ userId, effect }) => userId === caller.UserId && effect.kind === "change");
  const acknowledge = self
    ? plan.action === "suspend"
      ? "I know that I am on the list, and that I will have no access myself."
      : "I know that I am on the list, and that I will be signed out myself."
    : undefined;
  return (
    <Confirm
      title={`${words[plan.action].doing} ${count(changing, "user", "users")}?`}
      submit={words[plan.action].doing}
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
