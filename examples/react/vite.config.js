import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

export default defineConfig({
  plugins: [react()],
  // The worklets have to be files: what a browser runs beside the page cannot be a part of it.
  build: { assetsInlineLimit: 0, chunkSizeWarningLimit: 1000 },
});
