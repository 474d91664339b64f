import Autosuggest from "@cloudscape-design/components/autosuggest";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import Form from "@cloudscape-design/components/form";
import FormField from "@cloudscape-design/components/form-field";
import Grid from "@cloudscape-design/components/grid";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useSearchParams } from "react-router";
import { both, closed, useAllowed } from "../../api/allowed";
import { AccountSuggest } from "../../parts/AccountSuggest";
import { Failure } from "../../parts/Failure";
import { useSession } from "../../session/session";
import { usePrincipals } from "./api";
import { type Simulated, Verdict } from "./Verdict";

const suggestions = (values: string[]) => values.map((value) => ({ value }));

const thirds = [{ colspan: { default: 12, s: 4 } }, { colspan: { default: 12, s: 4 } }, { colspan: { default: 12, s: 4 } }];
const halves = [{ colspan: { default: 12, s: 6 } }, { colspan: { default: 12, s: 6 } }];

// Simulator answers "may X do Y on Z?", and by which statement. The question stands in the address, so that it can be sent.
export function Simulator() {
  const { caller, extensions } = useSession();
  const [search, setSearch] = useSearchParams();
  const principals = usePrincipals();
  const gate = useAllowed()("iam:SimulatePrincipalPolicy");
  const [principal, setPrincipal] = useState(search.get("principal") ?? "");
  const [action, setAction] = useState(search.get("action") ?? "");
  const [resource, setResource] = useState(search.get("resource") ?? "*");
  const [address, setAddress] = useState("");
  const [time, setTime] = useState("");
  const asked = { principal: principal.trim(), action: action.trim(), resource: resource.trim() || "*" };
  const simulate = useMutation({
    mutationFn: async () => ({
      ...asked,
      ...(await extensions.call<Simulated>(
        "POST",
        ["iam", "simulate"],
        {},
        {
          Principal: asked.principal,
          Action: asked.action,
          Resource: asked.resource,
          Context: contextOf(address.trim(), time.trim()),
        },
      )),
    }),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setSearch(asked, { replace: true });
    simulate.mutate();
  };
  const incomplete = closed(asked.principal && asked.action ? undefined : "Say who, and what they want to do.");
  return (
    <SpaceBetween size="l">
      <form onSubmit={submit}>
        <Container
          header={
            <Header variant="h2" description="Nothing is done: the policies are evaluated as they are now.">
              May somebody do something?
            </Header>
          }
        >
          <Form
            actions={
              <Button variant="primary" formAction="submit" loading={simulate.isPending} {...both(gate, incomplete)}>
                Simulate
              </Button>
            }
          >
            <SpaceBetween size="m">
              <Grid gridDefinition={thirds}>
                <FormField label="Principal" description="Its name or ARN." stretch>
                  <Autosuggest
                    value={principal}
                    options={suggestions((principals.data ?? []).map(({ UserName }) => UserName))}
                    enteredTextLabel={(value) => `Use ${value}`}
                    onChange={({ detail }) => setPrincipal(detail.value)}
                  />
                </FormField>
                <FormField label="Action" description="Such as chime:BatchSuspendUser." stretch>
                  <Autosuggest
                    value={action}
                    options={suggestions(caller.AllowedActions)}
                    enteredTextLabel={(value) => `Use ${value}`}
                    onChange={({ detail }) => setAction(detail.value)}
                  />
                </FormField>
                <FormField label="Resource" description="* or an account, by its name or ARN." stretch>
                  <AccountSuggest
                    value={resource}
                    placeholder={`arn:aws:chime::${caller.Tenant}:account/…`}
                    valueOf={({ AccountId }) => `arn:aws:chime::${caller.Tenant}:account/${AccountId}`}
                    change={setResource}
                  />
                </FormField>
              </Grid>
              <ExpandableSection headerText="Circumstances">
                <Grid gridDefinition={halves}>
                  <FormField label="Source address" description="Where the request comes from." stretch>
                    <Input value={address} placeholder="203.0.113.7" onChange={({ detail }) => setAddress(detail.value)} />
                  </FormField>
                  <FormField label="Time" description="When it comes; now, if this is left empty." stretch>
                    <Input value={time} placeholder="2027-01-31T12:00:00Z" onChange={({ detail }) => setTime(detail.value)} />
                  </FormField>
                </Grid>
              </ExpandableSection>
            </SpaceBetween>
          </Form>
        </Container>
      </form>
      {simulate.error && <Failure doing="It could not be simulated" error={simulate.error} />}
      {simulate.data && <Verdict {...simulate.data} />}
    </SpaceBetween>
  );
}

function contextOf(address: string, time: string): Record<string, string> | undefined {
  if (!address && !time) {
    return undefined;
  }
  return { ...(address && { "aws:SourceIp": address }), ...(time && { "aws:CurrentTime": time }) };
}
