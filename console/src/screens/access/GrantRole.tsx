import type { User } from "@aws-sdk/client-chime";
import Box from "@cloudscape-design/components/box";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import RadioGroup from "@cloudscape-design/components/radio-group";
import { useState } from "react";
import { useAllowed } from "../../api/allowed";
import { FormDialog } from "../../parts/FormDialog";
import { Name } from "../../parts/Name";
import { useChange } from "../../parts/change";
import { useSession } from "../../session/session";
import { accessKey, defaultRole } from "./api";
import { RolePolicies } from "./RolePolicies";

// GrantRole makes somebody an administrator: they are found by their address, and chosen among the memberships that have it.
export function GrantRole({ close }: { close(): void }) {
  const { extensions } = useSession();
  const gate = useAllowed()("chime:GetUserByEmail");
  const [email, setEmail] = useState("");
  const [found, setFound] = useState<User[]>();
  const [chosen, setChosen] = useState<User>();
  const [policies, setPolicies] = useState([defaultRole]);
  const grant = useChange({
    run: () => extensions.call("PUT", ["iam", "administrators", chosen!.AccountId!, chosen!.UserId!], {}, { Policies: policies }),
    stale: [accessKey],
    done: () => (
      <>
        <Name>{chosen!.DisplayName || chosen!.PrimaryEmail}</Name> is an administrator, and can sign in here.
      </>
    ),
  });
  const find = async () => {
    const { Users } = await extensions.call<{ Users: User[] }>("GET", ["users"], { email: email.trim() });
    setFound(Users);
    setChosen(Users.find(registered));
  };
  return (
    <FormDialog
      title="Add an administrator"
      submit={chosen ? "Add" : "Find"}
      failed={chosen ? "Nobody was made an administrator" : "The address could not be looked up"}
      blocked={chosen ? noPolicy(policies) : (gate.disabledReason ?? noAddress(email))}
      run={async () => (chosen ? grant.mutateAsync() : find())}
      done={() => chosen && close()}
      close={close}
    >
      <FormField label="E-mail address" description="Of somebody who is registered in one of your accounts.">
        <Input
          value={email}
          type="email"
          inputMode="email"
          autoComplete="off"
          onChange={({ detail }) => {
            setEmail(detail.value);
            setFound(undefined);
            setChosen(undefined);
          }}
        />
      </FormField>
      {found && <Found users={found} chosen={chosen} choose={setChosen} />}
      {chosen && <RolePolicies chosen={policies} change={setPolicies} />}
    </FormDialog>
  );
}

const noPolicy = (policies: string[]) => (policies.length ? undefined : "Choose a policy first.");
const noAddress = (email: string) => (email.trim() ? undefined : "Type an address first.");

// registered says whether somebody can have a role: who can sign in.
const registered = ({ UserRegistrationStatus, UserType }: User) => UserRegistrationStatus === "Registered" && UserType !== "SharedDevice";

function Found({ users, chosen, choose }: { users: User[]; chosen: User | undefined; choose(user: User): void }) {
  if (users.length === 0) {
    return <Box>Nobody in your accounts has this address. Invite them to an account first.</Box>;
  }
  return (
    <FormField label="Person">
      <RadioGroup
        value={chosen ? keyOf(chosen) : null}
        items={users.map((user) => ({
          value: keyOf(user),
          label: <Name>{user.DisplayName || user.PrimaryEmail || user.UserId}</Name>,
          description: `${user.UserRegistrationStatus} in account ${user.AccountId}${registered(user) ? "" : ": cannot be an administrator"}`,
          disabled: !registered(user),
        }))}
        onChange={({ detail }) => {
          const user = users.find((each) => keyOf(each) === detail.value);
          if (user) {
            choose(user);
          }
        }}
      />
    </FormField>
  );
}

const keyOf = ({ AccountId, UserId }: User) => `${AccountId}/${UserId}`;
