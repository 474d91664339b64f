import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import LiveRegion from "@cloudscape-design/components/live-region";
import Modal, { type ModalProps } from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, type ReactNode, useId, useState } from "react";
import { statusOf, unreachable } from "../api/errors";
import { Failure } from "./Failure";
import { useDialogFocus } from "./useDialogFocus";

// unknown is said when no answer came: a request may have arrived nevertheless.
const unknown = "It is not known whether this was done: look before you repeat it";

export interface FormDialogProps<Out> {
  title: ReactNode;
  submit: string;
  failed: string; // the header of what is said when run fails
  blocked?: string; // why it cannot be submitted yet
  size?: ModalProps.Size;
  run(): Promise<Out>;
  done?(output: Out): void; // instead of close, when it is done
  close(): void;
  children: ReactNode;
}

// FormDialog asks for something and does it. It closes when that is done; a refusal is said in it, so that what was typed
// stays.
export function FormDialog<Out>({ title, submit, failed, blocked, size, run, done, close, children }: FormDialogProps<Out>) {
  const form = useId();
  const queries = useQueryClient();
  useDialogFocus(form);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const onSubmit = async (event: FormEvent) => {
    event.preventDefault();
    event.stopPropagation();
    if (blocked || busy) {
      return;
    }
    setBusy(true);
    try {
      const output = await run();
      setBusy(false);
      setError(undefined);
      (done ?? close)(output);
    } catch (refusal) {
      if ([404, 409].includes(statusOf(refusal))) {
        void queries.invalidateQueries(); // somebody else was here meanwhile
      }
      setBusy(false);
      setError(refusal);
    }
  };
  return (
    <Modal
      visible
      size={size}
      header={title}
      closeAriaLabel="Close"
      onDismiss={({ detail }) => detail.reason !== "overlay" && !busy && close()}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" disabled={busy} onClick={close}>
              Cancel
            </Button>
            <Button variant="primary" form={form} formAction="submit" loading={busy} disabled={Boolean(blocked)} disabledReason={blocked}>
              {submit}
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <form id={form} onSubmit={onSubmit}>
        <SpaceBetween size="m">
          {children}
          {error !== undefined && (
            <LiveRegion assertive tagName="div">
              <Failure doing={unreachable(error) ? unknown : failed} error={error} />
            </LiveRegion>
          )}
        </SpaceBetween>
      </form>
    </Modal>
  );
}
