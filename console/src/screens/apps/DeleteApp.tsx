import Box from "@cloudscape-design/components/box";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "react-router";
import { useNotices } from "../../app/notices";
import { Confirm } from "../../parts/Confirm";
import { Name } from "../../parts/Name";
import { useSession } from "../../session/session";
import { type App, appsKey } from "./api";

export function DeleteApp({ app, close }: { app: App; close(): void }) {
  const { extensions } = useSession();
  const client = useQueryClient();
  const notices = useNotices();
  const navigate = useNavigate();
  return (
    <Confirm
      title={
        <>
          Delete <Name>{app.Name}</Name>?
        </>
      }
      submit="Delete"
      failed="The app was not deleted"
      acknowledge="I understand that nobody can sign in to it any more"
      run={() => extensions.call("DELETE", ["apps", app.ClientId])}
      done={() => {
        notices.success(
          <>
            <Name>{app.Name}</Name> was deleted.
          </>,
        );
        close();
        // The next screen reads anew. This one does not, because what it shows is not there any more.
        void client.invalidateQueries({ queryKey: appsKey, refetchType: "none" });
        void navigate("/apps");
      }}
      close={close}
    >
      <Box>
        Its tokens are dead at once, and its client ID and secret are no longer known. The app itself is not told of later sign-outs.
      </Box>
    </Confirm>
  );
}
