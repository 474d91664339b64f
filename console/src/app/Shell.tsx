// What a screen tells the frame around it: where it is, and what is in the split panel.
import { type ReactNode, use, useEffect, useRef } from "react";
import { createPortal } from "react-dom";
import { type Crumb, FrameContext } from "./frame";

export interface Panel {
  header: string;
  content: ReactNode;
  onClose(): void;
}

// entered says that a screen was shown before, so that the next one takes the focus.
let entered = false;

// Shell is around every screen. The last of the crumbs is the screen's own, and its title.
export function Shell({ crumbs, panel, children }: { crumbs: Crumb[]; panel?: Panel | null; children: ReactNode }) {
  const frame = use(FrameContext);
  if (!frame) {
    throw new Error("Shell outside of the frame");
  }
  const { setCrumbs, setPanel, slot } = frame;
  const content = useRef<HTMLDivElement>(null);
  const close = useRef<() => void>(undefined);
  const header = panel?.header;
  const trail = JSON.stringify(crumbs);
  useEffect(() => {
    const parsed = JSON.parse(trail) as Crumb[];
    setCrumbs(parsed);
    document.title = [...parsed.map(({ text }) => text).reverse(), "Carillon"].join(" · ");
  }, [trail, setCrumbs]);
  useEffect(() => {
    close.current = panel?.onClose;
  });
  useEffect(() => {
    setPanel(header === undefined ? null : { header, close: () => close.current?.() });
  }, [header, setPanel]);
  useEffect(() => () => setPanel(null), [setPanel]);
  useEffect(() => {
    if (entered) {
      content.current?.focus(); // who follows a link goes on reading at the new screen
    }
    entered = true;
  }, []);
  return (
    <div ref={content} tabIndex={-1} className="screen">
      {children}
      {panel && slot && createPortal(panel.content, slot)}
    </div>
  );
}
