import type { License } from "@aws-sdk/client-chime";
import FormField from "@cloudscape-design/components/form-field";
import RadioGroup from "@cloudscape-design/components/radio-group";
import { useState } from "react";
import { FormDialog } from "../../parts/FormDialog";
import { useSession } from "../../session/session";
import { doTo, licensing } from "./api";
import type { DialogProps } from "./UserDialog";
import { users as counted, Whom } from "./Whom";

const described: Partial<Record<License, string>> = {
  Pro: "May do all that the apps offer.",
  Basic: "May take part, as far as the apps let a Basic user.",
};

export function AssignLicense({ account, users, done, close }: DialogProps) {
  const { chime } = useSession();
  const [license, setLicense] = useState<License | null>(null);
  return (
    <FormDialog
      title={`Assign a license to ${counted(users.length)}`}
      submit="Assign"
      failed="No license was assigned"
      blocked={license ? undefined : "Choose a license first."}
      run={() => doTo(licensing(license!), chime, account, users)}
      done={(outcome) => done(outcome, [`has ${license} now`, `have ${license} now`])}
      close={close}
    >
      <Whom users={users} />
      <FormField label="License" description="Apps are told at their next check of who is signed in. Whoever was only invited has it from when they accept.">
        <RadioGroup
          value={license}
          onChange={({ detail }) => setLicense(detail.value as License)}
          items={(account.SupportedLicenses ?? []).map((value) => ({ value, label: value, description: described[value] }))}
        />
      </FormField>
    </FormDialog>
  );
}
