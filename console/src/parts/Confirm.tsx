import Checkbox from "@cloudscape-design/components/checkbox";
import { useState } from "react";
import { FormDialog, type FormDialogProps } from "./FormDialog";

// Confirm asks once more before something is done. With acknowledge, boxes with these texts have to be ticked first.
export function Confirm<Out>({ acknowledge, blocked, children, ...dialog }: FormDialogProps<Out> & { acknowledge?: string | string[] }) {
  const [ticked, setTicked] = useState<string[]>([]);
  const boxes = typeof acknowledge === "string" ? [acknowledge] : (acknowledge ?? []);
  const open = boxes.some((text) => !ticked.includes(text));
  return (
    <FormDialog {...dialog} blocked={blocked ?? (open ? (boxes.length > 1 ? "Tick the boxes first." : "Tick the box first.") : undefined)}>
      {children}
      {boxes.map((text) => (
        <Checkbox
          key={text}
          checked={ticked.includes(text)}
          disabled={Boolean(blocked)}
          onChange={({ detail }) => setTicked((all) => (detail.checked ? [...all, text] : all.filter((other) => other !== text)))}
        >
          {text}
        </Checkbox>
      ))}
    </FormDialog>
  );
}
