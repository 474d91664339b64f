// The split panel of the frame, filled by whichever part of a screen has something to show in it.
import { type ReactNode, use, useEffect, useRef } from "react";
import { createPortal } from "react-dom";
import { FrameContext } from "./frame";

export function SidePanel({ header, close, children }: { header: string; close(): void; children: ReactNode }) {
  const { setPanel, slot } = use(FrameContext)!;
  const latest = useRef(close);
  useEffect(() => {
    latest.current = close;
  });
  useEffect(() => setPanel({ header, close: () => latest.current() }), [header, setPanel]);
  useEffect(() => () => setPanel(null), [setPanel]);
  return slot && createPortal(children, slot);
}
