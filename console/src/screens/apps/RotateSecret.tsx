import Box from "@cloudscape-design/components/box";
import { Confirm } from "../../parts/Confirm";
import { Name } from "../../parts/Name";
import { useChange } from "../../parts/change";
import { useSession } from "../../session/session";
import { type App, type AppAnswer, appsKey } from "./api";

export function RotateSecret({ app, rotated, close }: { app: App; rotated(secret: string): void; close(): void }) {
  const { extensions } = useSession();
  const rotate = useChange({
    run: () => extensions.call<AppAnswer>("POST", ["apps", app.ClientId], {}, { RotateSecret: true }),
    stale: [appsKey],
  });
  return (
    <Confirm
      title={
        <>
          Give <Name>{app.Name}</Name> a new secret?
        </>
      }
      submit="Make a new secret"
      failed="The secret was not changed"
      acknowledge="I understand that the present secret does not work any more from then on"
      run={() => rotate.mutateAsync()}
      done={({ ClientSecret }) => (ClientSecret ? rotated(ClientSecret) : close())}
      close={close}
    >
      <Box>The app cannot sign anybody in, or renew its tokens, until it has the new secret.</Box>
    </Confirm>
  );
}
