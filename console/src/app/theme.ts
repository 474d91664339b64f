// Light or dark: as the system has it, until somebody chooses. public/theme.js does the same before anything is shown.
import { applyMode, Mode } from "@cloudscape-design/global-styles";
import { useEffect, useState } from "react";

const key = "carillon.theme";
const system = matchMedia("(prefers-color-scheme: dark)");

function wished(): Mode {
  const chosen = localStorage.getItem(key);
  return (chosen ? chosen === "dark" : system.matches) ? Mode.Dark : Mode.Light;
}

// useTheme returns what is shown, and changes it for good.
export function useTheme(): [Mode, (mode: Mode) => void] {
  const [mode, setMode] = useState(wished);
  useEffect(() => {
    applyMode(mode);
    document.documentElement.style.colorScheme = mode === Mode.Dark ? "dark" : "light";
  }, [mode]);
  useEffect(() => {
    const follow = () => setMode(wished());
    system.addEventListener("change", follow);
    return () => system.removeEventListener("change", follow);
  }, []);
  const choose = (next: Mode) => {
    localStorage.setItem(key, next === Mode.Dark ? "dark" : "light");
    setMode(next);
  };
  return [mode, choose];
}
