import Box from "@cloudscape-design/components/box";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "react-router";
import { useNotices } from "../../app/notices";
import { Confirm } from "../../parts/Confirm";
import { useSession } from "../../session/session";
import { type App, appsKey } from "./api";

export function DeleteApp({ app, close }: { app: App; close(): void }) {
  const { extensions } = useSession();
  const client = useQueryClient();
  const notices = useNotices();
  const navigate = useNavigate();
  return (
    <Confirm
      title={`Delete ${app.Name}?`}
      submit="Delete"
      failed="The app was not deleted"
      acknowledge="I understand that nobody can sign in to it any more"
      run={() => extensions.call("DELETE", ["apps", app.ClientId])}
      done={() => {
        notices.success(`${app.Name} was deleted.`);
        client.removeQueries({ queryKey: appsKey }); // none of it is read again before the list is shown
        void navigate("/apps");
      }}
      close={close}
    >
      <Box>Its tokens are dead at once, and its client ID and secret are no longer known. The app itself is not told of later sign-outs.</Box>
    </Confirm>
  );
}
