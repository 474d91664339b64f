// Doing something to users: asking, doing it, and saying for whom it was not done and what to do about that.
import type { Account, User } from "@aws-sdk/client-chime";
import { useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { useNotices } from "../../app/notices";
import { accountKey } from "../accounts/api";
import { type Action } from "./actions";
import { ActivateUsers } from "./ActivateUsers";
import { AssignLicense } from "./AssignLicense";
import type { Outcome } from "./api";
import { ChangeType } from "./ChangeType";
import { OutcomeDialog } from "./OutcomeDialog";
import { ResetPin } from "./ResetPin";
import { SignOutUsers } from "./SignOutUsers";
import { SuspendUsers } from "./SuspendUsers";
import { called, users as counted } from "./Whom";

// DialogProps is what each of the dialogs gets. done is told how it went, in the past tense, as in "were suspended".
export interface DialogProps {
  account: Account;
  users: User[];
  done(outcome: Outcome, past: [one: string, many: string]): void;
  close(): void;
}

const dialogs: Record<Exclude<Action, "reset-pin">, (props: DialogProps) => ReactNode> = {
  suspend: SuspendUsers,
  activate: ActivateUsers,
  license: AssignLicense,
  "sign-out": SignOutUsers,
  type: ChangeType,
};

export function UserDialog({ action, account, users, close }: { action: Action; account: Account; users: User[]; close(): void }) {
  const queries = useQueryClient();
  const notices = useNotices();
  const [shown, setShown] = useState<{ outcome: Outcome; past: string }>();
  const refresh = () => void queries.invalidateQueries({ queryKey: accountKey(account.AccountId!) });
  const done: DialogProps["done"] = (outcome, [one, many]) => {
    refresh();
    const { length } = outcome.done;
    if (length > 0) {
      notices.success(length === 1 ? `${called(outcome.done[0]!)} ${one}.` : `${counted(length)} ${many}.`);
    }
    if (outcome.refused.length > 0) {
      setShown({ outcome, past: many });
    } else {
      close();
    }
  };
  if (shown) {
    return <OutcomeDialog {...shown} close={close} />;
  }
  if (action === "reset-pin") {
    return <ResetPin account={account} user={users[0]!} done={refresh} close={close} />;
  }
  const Dialog = dialogs[action];
  return <Dialog account={account} users={users} done={done} close={close} />;
}
