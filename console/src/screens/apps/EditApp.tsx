import { useState } from "react";
import { FormDialog } from "../../parts/FormDialog";
import { useChange } from "../../parts/change";
import { useSession } from "../../session/session";
import { type App, type AppAnswer, appsKey } from "./api";
import { AppFields, bodyOf, draftOf, missing } from "./AppFields";

export function EditApp({ app, close }: { app: App; close(): void }) {
  const { extensions } = useSession();
  const [draft, setDraft] = useState(draftOf(app));
  // What was there when this was opened: only what differs is sent, because somebody else may have changed the rest.
  const [before] = useState(() => bodyOf(draftOf(app)));
  const differs = ([name, value]: [string, unknown]) => JSON.stringify(value) !== JSON.stringify(before[name as keyof typeof before]);
  const changed = Object.entries(bodyOf(draft)).filter(differs);
  const save = useChange({
    run: () => extensions.call<AppAnswer>("POST", ["apps", app.ClientId], {}, Object.fromEntries(changed)),
    stale: [appsKey],
    done: () => "The app was changed.",
  });
  return (
    <FormDialog
      title="Edit app"
      submit="Save"
      failed="The app was not changed"
      blocked={missing(draft) ?? (changed.length ? undefined : "Nothing is changed yet.")}
      run={() => save.mutateAsync()}
      close={close}
    >
      <AppFields draft={draft} change={setDraft} />
    </FormDialog>
  );
}
