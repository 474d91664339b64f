import { useEffect, useState } from "react";

// useDialogFocus puts the focus on the first field of the form when the dialog opens, and back where it was when it closes.
export function useDialogFocus(form: string) {
  const [opener] = useState(() => document.activeElement);
  useEffect(() => {
    // The dialog takes the focus to its first button, and then this takes it on.
    const frame = requestAnimationFrame(() => document.getElementById(form)?.querySelector<HTMLElement>("input, textarea")?.focus());
    return () => {
      cancelAnimationFrame(frame);
      if (document.activeElement === document.body && opener instanceof HTMLElement) {
        opener.focus();
      }
    };
  }, [form, opener]);
}
