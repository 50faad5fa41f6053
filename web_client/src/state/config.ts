/** What the server says before anybody signs in: demo or service, the secure address, versions. */
import { defineStore } from "pinia";
import { ref, shallowRef } from "vue";
import { api } from "@/protocol/api";
import type { ClientConfig } from "@/protocol/generated";

export const useConfig = defineStore("config", () => {
  const config = shallowRef<ClientConfig | null>(null);
  const error = ref<unknown>(null);
  let loading: Promise<void> | null = null;

  /** Load once; a failed load is tried again by the next caller. */
  function load(): Promise<void> {
    loading ??= api
      .get<ClientConfig>("/config")
      .then((answer) => {
        config.value = answer;
        error.value = null;
      })
      .catch((reason: unknown) => {
        error.value = reason;
        loading = null;
      });
    return loading;
  }

  return { config, error, load };
});
