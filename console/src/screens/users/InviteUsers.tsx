// Inviting people to a team by their addresses, and what became of each invitation.
import { type Account, type Invite, InviteUsersCommand } from "@aws-sdk/client-chime";
import Box from "@cloudscape-design/components/box";
import FormField from "@cloudscape-design/components/form-field";
import Textarea from "@cloudscape-design/components/textarea";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { describe } from "../../api/errors";
import { useNotices } from "../../app/notices";
import { FormDialog } from "../../parts/FormDialog";
import { useSession } from "../../session/session";
import { accountKey } from "../accounts/api";
import { addressesIn, isInvitable } from "./addresses";
import { type Invited, InvitedDialog } from "./InvitedDialog";

// most is how many addresses one request takes.
const most = 50;

export function InviteUsers({ account, close }: { account: Account; close(): void }) {
  const { chime } = useSession();
  const queries = useQueryClient();
  const notices = useNotices();
  const [text, setText] = useState("");
  const [outcome, setOutcome] = useState<Invited[]>();
  const addresses = addressesIn(text);
  const wrong = addresses.filter((address) => !isInvitable(address));
  const invite = async () => {
    const invited: Invited[] = [];
    for (let i = 0; i < addresses.length; i += most) {
      const some = addresses.slice(i, i + most);
      try {
        const { Invites = [] } = await chime.send(new InviteUsersCommand({ AccountId: account.AccountId, UserEmailList: some }));
        invited.push(...Invites.map(outcomeOf));
      } catch (error) {
        if (i === 0) {
          throw error;
        }
        invited.push(...some.map((address) => ({ address, outcome: "failed" as const, text: describe(error) })));
      }
    }
    return invited;
  };
  const done = (invited: Invited[]) => {
    void queries.invalidateQueries({ queryKey: accountKey(account.AccountId!) });
    if (invited.every(({ outcome }) => outcome === "invited")) {
      notices.success(invited.length === 1 ? `${invited[0]!.address} was invited.` : `${invited.length} people were invited.`);
      close();
    } else {
      setOutcome(invited);
    }
  };
  if (outcome) {
    return <InvitedDialog invited={outcome} close={close} />;
  }
  return (
    <FormDialog
      title="Invite users"
      submit={addresses.length > 1 ? `Invite ${addresses.length}` : "Invite"}
      failed="Nobody was invited"
      blocked={addresses.length === 0 ? "Type an address first." : wrong.length ? "Some of the addresses are none." : undefined}
      run={invite}
      done={done}
      close={close}
    >
      <FormField
        label="Addresses"
        description="Separated by semicolons, commas, spaces or new lines."
        constraintText={`${addresses.length} ${addresses.length === 1 ? "address" : "addresses"}. Whoever accepts gets a ${account.DefaultLicense ?? "Pro"} license.`}
        errorText={wrong.length > 0 && `No mail addresses: ${wrong.slice(0, 5).join(", ")}${wrong.length > 5 ? " …" : ""}`}
      >
        <Textarea
          value={text}
          onChange={({ detail }) => setText(detail.value)}
          rows={8}
          placeholder={"ada@example.com; grace@example.com"}
          spellcheck={false}
        />
      </FormField>
      <Box variant="small">
        Each gets a mail with a link, and may decline. Whoever is invited already gets another one. More than a few thousand go
        better by bulk work.
      </Box>
    </FormDialog>
  );
}

// outcomeOf says what became of an invitation.
function outcomeOf({ EmailAddress, Status, EmailStatus }: Invite): Invited {
  const address = EmailAddress ?? "";
  if (Status === "Accepted") {
    return { address, outcome: "member", text: "Is a user of this account already; no mail was sent." };
  }
  if (Status === "Failed") {
    const text = EmailStatus === "NotSent" ? "Belongs to a domain that another account has verified." : "The mail could not be delivered.";
    return { address, outcome: "failed", text };
  }
  return { address, outcome: "invited", text: "Invited." };
}
