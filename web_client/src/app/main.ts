/** Start the page: stores, router, catalogue. */
import "element-plus/es/components/message/style/css";
import "element-plus/es/components/message-box/style/css";
import "@/styles/tokens.css";
import "@/styles/base.css";
import "@/styles/tables.css";
import { createPinia } from "pinia";
import { createApp } from "vue";
import App from "@/app/App.vue";
import { createAppRouter } from "@/app/router";
import { shieldInputMethods } from "@/components/common/keys";
import { i18n, showLanguage } from "@/state/i18n";
import { startStores } from "@/state/start";

const app = createApp(App);
shieldInputMethods();
app.use(createPinia());
startStores();
app.use(createAppRouter());
app.use(i18n);
showLanguage();
app.mount("#app");
