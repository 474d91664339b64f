import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Form from "@cloudscape-design/components/form";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type FormEvent, useState } from "react";
import { closed } from "../api/allowed";
import { ofAccessKey, type Source } from "./credentials";

interface AccessKeyFormProps {
  enter: (source: Source) => Promise<void>;
  refused(error: unknown): void;
}

export function AccessKeyForm({ enter, refused }: AccessKeyFormProps) {
  const [keyId, setKeyId] = useState("");
  const [secret, setSecret] = useState("");
  const [busy, setBusy] = useState(false);
  const missing = keyId.trim() && secret.trim() ? undefined : "Type both first.";
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (missing || busy) {
      return;
    }
    setBusy(true);
    try {
      await enter(ofAccessKey(keyId, secret));
    } catch (error) {
      refused(error);
      setBusy(false);
    }
  };
  return (
    <form onSubmit={submit}>
      <Container
        header={
          <Header
            variant="h2"
            description="Only this page keeps it, until it is left or reloaded. The server's first start made the root key; carillon env prints it."
          >
            Access key
          </Header>
        }
      >
        <Form
          actions={
            <Button loading={busy} formAction="submit" {...closed(missing)}>
              Use the key
            </Button>
          }
        >
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
  );
}
