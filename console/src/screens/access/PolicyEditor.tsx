import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Textarea from "@cloudscape-design/components/textarea";
import { useState } from "react";
import { FormDialog } from "../../parts/FormDialog";
import { useChange } from "../../parts/change";
import { pretty } from "../../parts/pretty";
import { useSession } from "../../session/session";
import { accessKey, type Policy } from "./api";

const template = `{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Action": ["chime:ListUsers", "chime:GetUser"],
      "Resource": "*"
    }
  ]
}`;

// PolicyEditor writes a policy of a principal's own. What the server finds wrong with it is said in the dialog, and what was
// written stays.
export function PolicyEditor({ principal, policy, close }: { principal: string; policy?: Policy; close(): void }) {
  const { extensions } = useSession();
  const [name, setName] = useState(policy?.PolicyName ?? "");
  const [document, setDocument] = useState(policy ? pretty(policy.PolicyDocument) : template);
  const [left, setLeft] = useState(false);
  const save = useChange({
    run: () => extensions.call("PUT", ["iam", "users", principal, "policies", name.trim()], {}, { PolicyDocument: document }),
    stale: [accessKey],
    done: () => `The policy ${name.trim()} was saved. It holds from the next request on.`,
  });
  const syntax = syntaxError(document);
  return (
    <FormDialog
      title={policy ? `Edit ${policy.PolicyName}` : "Write a policy"}
      submit="Save"
      size="large"
      failed="The policy was not saved"
      blocked={name.trim() ? (syntax ? "The document is not JSON." : undefined) : "Type a name first."}
      run={() => save.mutateAsync()}
      close={close}
    >
      {!policy && (
        <FormField label="Name" constraintText="1 to 128 letters, digits and characters of _+=,.@-">
          <Input value={name} onChange={({ detail }) => setName(detail.value)} autoComplete="off" spellcheck={false} />
        </FormField>
      )}
      <FormField
        label="Document"
        stretch
        description="As in AWS IAM: Version, Statement, Sid, Effect, Action or NotAction, Resource and Condition."
        errorText={left && syntax}
      >
        <div className="document-input">
          <Textarea
            value={document}
            rows={16}
            spellcheck={false}
            disableBrowserAutocorrect
            onBlur={() => setLeft(true)}
            onChange={({ detail }) => setDocument(detail.value)}
          />
        </div>
      </FormField>
    </FormDialog>
  );
}

// syntaxError says why a text is no JSON; the server judges what it means.
function syntaxError(text: string): string | undefined {
  try {
    JSON.parse(text);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : "It is not JSON.";
  }
}
