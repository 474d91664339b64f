import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

export default defineConfig({
  base: "/admin/",
  plugins: [react()],
  build: { outDir: "../internal/console/dist", emptyOutDir: true, target: "es2023", modulePreload: { polyfill: false } },
});
