import Checkbox from "@cloudscape-design/components/checkbox";
import { useState } from "react";
import { FormDialog, type FormDialogProps } from "./FormDialog";

// Confirm asks once more before something is done. With acknowledge, a box with that text has to be ticked first.
export function Confirm<Out>({ acknowledge, blocked, children, ...dialog }: FormDialogProps<Out> & { acknowledge?: string }) {
  const [ticked, setTicked] = useState(false);
  return (
    <FormDialog {...dialog} blocked={blocked ?? (acknowledge && !ticked ? "Tick the box first." : undefined)}>
      {children}
      {acknowledge && (
        <Checkbox checked={ticked} disabled={Boolean(blocked)} onChange={({ detail }) => setTicked(detail.checked)}>
          {acknowledge}
        </Checkbox>
      )}
    </FormDialog>
  );
}
