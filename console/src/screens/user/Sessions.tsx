// Where a user is signed in, and to what.
import type { User } from "@aws-sdk/client-chime";
import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import Table from "@cloudscape-design/components/table";
import { useState } from "react";
import { isKnown, useAllowed } from "../../api/allowed";
import { useChange } from "../../parts/change";
import { Confirm } from "../../parts/Confirm";
import { Empty } from "../../parts/Empty";
import { Failure } from "../../parts/Failure";
import { Moment } from "../../parts/Moment";
import { Name } from "../../parts/Name";
import { useSession } from "../../session/session";
import { userKey } from "../users/api";
import { type UserSession, useUserSessions } from "./api";

const methods: Record<string, string> = { Mail: "Mailed code", Passkey: "Passkey", Amazon: "Login with Amazon", Provider: "OpenID provider" };

export function Sessions({ account, user }: { account: string; user: User }) {
  const gate = useAllowed(account);
  const read = gate("chime:ListUserSessions");
  const sessions = useUserSessions(account, user.UserId!, !read.disabled);
  const [ending, setEnding] = useState<UserSession>();
  return (
    <>
      <Table
        items={sessions.data ?? []}
        trackBy="SessionId"
        loading={sessions.isLoading || !isKnown(read)}
        loadingText="Loading sessions"
        ariaLabels={{ tableLabel: "Sessions" }}
        wrapLines
        header={
          <Header variant="h2" counter={sessions.data && `(${sessions.data.length})`} description="Where the user is signed in, and the apps that they use there.">
            Sessions and apps
          </Header>
        }
        empty={
          sessions.error ? (
            <Failure doing="The sessions could not be read" error={sessions.error} retry={sessions.refetch} />
          ) : (
            <Empty title={read.disabledReason ?? "Signed in nowhere"} />
          )
        }
        columnDefinitions={[
          { id: "device", header: "Device", isRowHeader: true, cell: ({ Device }) => <Name>{Device || "Unknown"}</Name> },
          { id: "since", header: "Signed in", cell: ({ CreatedTimestamp }) => <Moment at={CreatedTimestamp} /> },
          { id: "method", header: "By", cell: ({ Method }) => methods[Method] ?? Method },
          { id: "apps", header: "Apps", cell: ({ Apps }) => <Name>{Apps?.join(", ")}</Name> },
          {
            id: "end",
            header: "Action",
            cell: (session) => (
              <Button variant="inline-link" ariaLabel={`End the session on ${session.Device}`} onClick={() => setEnding(session)} {...gate("chime:EndUserSession")}>
                End
              </Button>
            ),
          },
        ]}
      />
      {ending && <EndSession account={account} user={user.UserId!} session={ending} close={() => setEnding(undefined)} />}
    </>
  );
}

function EndSession({ account, user, session, close }: { account: string; user: string; session: UserSession; close(): void }) {
  const { extensions } = useSession();
  const end = useChange({
    run: () => extensions.call("DELETE", ["accounts", account, "users", user, "sessions", session.SessionId]),
    stale: [userKey(account, user)],
    done: () => "The session was ended.",
  });
  return (
    <Confirm title="End this session?" submit="End the session" failed="The session was not ended" run={() => end.mutateAsync()} close={close}>
      <div>
        The user is signed out on <Name>{session.Device}</Name>
        {session.Apps?.length ? ", and out of the apps that they use there" : ""}. Other devices are not affected, and they may sign in again.
      </div>
    </Confirm>
  );
}
