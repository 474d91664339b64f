import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Form from "@cloudscape-design/components/form";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type FormEvent, useState } from "react";
import { describe, statusOf } from "../api/errors";
import { ofAccessKey, SignedOut, type Source } from "./credentials";

// SignIn asks who somebody is: a person with an administrator's role signs in by Carillon's own pages, a principal types
// its access key.
export function SignIn({ enter, reason }: { enter: (source: Source) => Promise<void>; reason: unknown }) {
  const [keyId, setKeyId] = useState("");
  const [secret, setSecret] = useState("");
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState<unknown>(reason);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    try {
      await enter(ofAccessKey(keyId, secret));
    } catch (error) {
      setRefused(error);
      setBusy(false);
    }
  };
  return (
    <main className="sign-in">
      <SpaceBetween size="l">
        <Box variant="h1">Carillon console</Box>
        {refused !== undefined && (
          <Alert type="error" header={refused instanceof SignedOut ? "You were signed out" : "That did not work"}>
            {statusOf(refused) === 403 ? "The server does not know this access key and secret." : describe(refused)}
          </Alert>
        )}
        <Container header={<Header variant="h2">You are an administrator</Header>}>
          <Button variant="primary" href={"/signin?next=" + encodeURIComponent(location.pathname + location.search)}>
            Sign in
          </Button>
        </Container>
        <form onSubmit={submit}>
          <Container header={<Header variant="h2" description="It is kept until this page is left or reloaded.">You have an access key</Header>}>
            <Form actions={<Button loading={busy} formAction="submit">Use the key</Button>}>
              <SpaceBetween size="m">
                <FormField label="Access key ID">
                  <Input value={keyId} onChange={({ detail }) => setKeyId(detail.value)} autoComplete="off" spellcheck={false} />
                </FormField>
                <FormField label="Secret access key">
                  <Input type="password" value={secret} onChange={({ detail }) => setSecret(detail.value)} autoComplete="off" />
                </FormField>
              </SpaceBetween>
            </Form>
          </Container>
        </form>
      </SpaceBetween>
    </main>
  );
}
