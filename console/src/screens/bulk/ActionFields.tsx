// What is to be done, as far as the account and the caller's policies allow it.
import Checkbox from "@cloudscape-design/components/checkbox";
import FormField from "@cloudscape-design/components/form-field";
import RadioGroup from "@cloudscape-design/components/radio-group";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { both, closed, type Gate, useAllowed } from "../../api/allowed";
import { refusalOf } from "../../bulk/effects";
import type { Account, Action } from "../../bulk/types";
import { actions, words } from "./words";

// Choice is what was chosen so far.
export interface Choice {
  action: Action | undefined;
  license: string | undefined;
  again: boolean;
}

// useActionGates returns whether each action can be done in the account. Somebody who may not look up many at once looks them
// up one by one.
export function useActionGates(account: Account | undefined): (action: Action) => Gate {
  const allowed = useAllowed(account?.id);
  const many = allowed("chime:GetUsersByEntries");
  const lookUp = many.disabled ? both(allowed("chime:GetUser"), allowed("chime:ListUsers")) : many;
  return (action) => both(closed(account && refusalOf(action, account.type)), lookUp, allowed(words[action].operation));
}

export function ActionFields({ account, choice, change }: { account: Account | undefined; choice: Choice; change(choice: Choice): void }) {
  const gate = useActionGates(account);
  const options = actions.map((action) => {
    const { disabled, disabledReason } = gate(action);
    const { label, description } = words[action];
    return { value: action, label, description: (disabled && disabledReason) || description, disabled: account !== undefined && disabled };
  });
  const licenses = (account?.licenses ?? ["Pro", "Basic"]).map((license) => ({ value: license, label: license }));
  return (
    <SpaceBetween size="m">
      <FormField label="What is to be done">
        <RadioGroup
          value={choice.action ?? null}
          items={options}
          onChange={({ detail }) => change({ ...choice, action: detail.value as Action })}
        />
      </FormField>
      {choice.action === "update" && (
        <FormField label="License">
          <Select
            selectedOption={licenses.find(({ value }) => value === choice.license) ?? null}
            options={licenses}
            placeholder="Choose a license"
            onChange={({ detail }) => change({ ...choice, license: detail.selectedOption.value })}
          />
        </FormField>
      )}
      {choice.action === "invite" && (
        <Checkbox checked={choice.again} onChange={({ detail }) => change({ ...choice, again: detail.checked })}>
          Mail those again who have not accepted yet. Their former invitations are void then.
        </Checkbox>
      )}
    </SpaceBetween>
  );
}
