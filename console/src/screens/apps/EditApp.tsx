import { useState } from "react";
import { FormDialog } from "../../parts/FormDialog";
import { useChange } from "../../parts/change";
import { useSession } from "../../session/session";
import { type App, type AppAnswer, appsKey } from "./api";
import { AppFields, bodyOf, draftOf, missing } from "./AppFields";

export function EditApp({ app, close }: { app: App; close(): void }) {
  const { extensions } = useSession();
  const [draft, setDraft] = useState(draftOf(app));
  const save = useChange({
    run: () => extensions.call<AppAnswer>("POST", ["apps", app.ClientId], {}, bodyOf(draft)),
    stale: [appsKey],
    done: () => "The app was changed.",
  });
  return (
    <FormDialog title="Edit app" submit="Save" failed="The app was not changed" blocked={missing(draft)} run={() => save.mutateAsync()} close={close}>
      <AppFields draft={draft} change={setDraft} />
    </FormDialog>
  );
}
