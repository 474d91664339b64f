import react from "@vitejs/plugin-react";
import { brotliCompressSync } from "node:zlib";
import { defineConfig, type Plugin } from "vite";

const base = "/admin/";

// fontFiles makes files of the fonts that a style sheet holds as data: the policy of the page refuses those, and a browser
// loads only the faces that it shows.
const fontFiles: Plugin = {
  name: "font-files",
  enforce: "post",
  generateBundle(_, bundle) {
    for (const asset of Object.values(bundle)) {
      if (asset.type !== "asset" || !asset.fileName.endsWith(".css")) {
        continue;
      }
      asset.source = asset.source.toString().replace(/url\(["']?data:font\/woff2;base64,([A-Za-z0-9+/=]+)["']?\)/g, (_match, data: string) => {
        const file = this.emitFile({ type: "asset", name: "font.woff2", source: Uint8Array.from(atob(data), (c) => c.charCodeAt(0)) });
        return `url(${base}${this.getFileName(file)})`;
      });
    }
  },
};

// compressed adds to each script and style sheet its form in Brotli, which the server hands on: the best compression is the
// build's, because it takes seconds.
const compressed: Plugin = {
  name: "compressed",
  enforce: "post",
  generateBundle: {
    order: "post",
    handler(_, bundle) {
      for (const file of Object.values(bundle)) {
        if (/\.(js|css)$/.test(file.fileName)) {
          const source = brotliCompressSync(file.type === "chunk" ? file.code : file.source);
          this.emitFile({ type: "asset", fileName: file.fileName + ".br", source });
        }
      }
    },
  },
};

export default defineConfig({
  base,
  plugins: [react(), fontFiles, compressed],
  build: {
    outDir: "../internal/console/dist",
    emptyOutDir: true,
    target: "es2023",
    cssCodeSplit: false,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1000,
  },
});
