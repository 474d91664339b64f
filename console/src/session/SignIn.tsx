import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useEffect, useState } from "react";
import { describe, statusOf } from "../api/errors";
import { AccessKeyForm } from "./AccessKeyForm";
import { SignedOut, type Source } from "./credentials";

// SignIn asks who somebody is: a person with an administrator's role signs in by Carillon's own pages, a principal types
// its access key. reason is why nobody is signed in any more.
export function SignIn({ enter, reason }: { enter: (source: Source) => Promise<void>; reason: unknown }) {
  const [refused, setRefused] = useState<unknown>(reason);
  useEffect(() => {
    document.title = "Sign in · Carillon";
  }, []);
  return (
    <main className="sign-in">
      <SpaceBetween size="l">
        <Box variant="h1">Carillon console</Box>
        {refused !== undefined && (
          <Alert type="error" header={refused instanceof SignedOut ? refused.title : "That did not work"}>
            {statusOf(refused) === 403 ? "The server does not know this access key with this secret." : describe(refused)}
          </Alert>
        )}
        <Container
          header={
            <Header variant="h2" description="As you sign in to your apps. You need an administrator's role; carillon admins grant gives it.">
              Administrators
            </Header>
          }
        >
          <Button variant="primary" href={"/signin?next=" + encodeURIComponent(location.pathname + location.search)}>
            Sign in
          </Button>
        </Container>
        <AccessKeyForm enter={enter} refused={setRefused} />
      </SpaceBetween>
    </main>
  );
}
