/// <reference types="vitest/config" />
import { fileURLToPath } from "node:url";
import vue from "@vitejs/plugin-vue";
import components from "unplugin-vue-components/vite";
import { ElementPlusResolver } from "unplugin-vue-components/resolvers";
import { defineConfig } from "vite";

/** The oldest browsers the built page runs on: UOS / Kylin and 360 ship Chromium 100 or later. */
export const OLDEST_BROWSERS = ["chrome100", "edge100", "firefox115", "safari16"];

/** Where `npm run dev` finds the server; the built page is served by it and needs no proxy. */
const server = process.env.BANGBAN_URL ?? "http://127.0.0.1:8000";

export default defineConfig({
  plugins: [
    vue(),
    components({
      dts: false,
      dirs: [],
      resolvers: [ElementPlusResolver({ importStyle: "css" })],
    }),
  ],
  resolve: {
    alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) },
  },
  build: {
    target: OLDEST_BROWSERS,
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 900,
    reportCompressedSize: false,
  },
  server: {
    proxy: {
      "/api": server,
      "/socket.io": { target: server, ws: true },
      "/control": { target: server, ws: true },
      "/helper": { target: server, ws: true },
    },
  },
  test: {
    environment: "jsdom",
    include: ["tests/**/*.test.ts"],
    server: { deps: { inline: ["element-plus"] } },
  },
});
