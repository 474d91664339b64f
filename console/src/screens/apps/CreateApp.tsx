import Checkbox from "@cloudscape-design/components/checkbox";
import { useState } from "react";
import { FormDialog } from "../../parts/FormDialog";
import { useChange } from "../../parts/change";
import { useSession } from "../../session/session";
import { type AppAnswer, appsKey } from "./api";
import { AppFields, bodyOf, draftOf, missing } from "./AppFields";

export function CreateApp({ created, close }: { created(answer: AppAnswer): void; close(): void }) {
  const { extensions } = useSession();
  const [draft, setDraft] = useState(draftOf());
  const [isPublic, setPublic] = useState(false);
  const create = useChange({
    run: () => extensions.call<AppAnswer>("POST", ["apps"], {}, { ...bodyOf(draft), Public: isPublic }),
    stale: [appsKey],
  });
  return (
    <FormDialog
      title="Create an app"
      submit="Create"
      failed="The app was not created"
      blocked={missing(draft)}
      run={() => create.mutateAsync()}
      done={created}
      close={close}
    >
      <AppFields draft={draft} change={setDraft} />
      <Checkbox
        checked={isPublic}
        onChange={({ detail }) => setPublic(detail.checked)}
        description="For apps that run on people's own machines or in their browsers, and cannot keep a secret."
      >
        Public client, without a secret
      </Checkbox>
    </FormDialog>
  );
}
