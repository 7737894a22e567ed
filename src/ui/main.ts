import { html, render } from "htm/preact";
import { createApp } from "./models/app.ts";
import { browserDeps } from "./models/browser.ts";
import { dictionariesLoaded, language } from "./models/i18n.ts";
import { AppView } from "./views/app.ts";
import { followPage } from "./views/page.ts";

const app = createApp(browserDeps());
followPage(app);
if (language.value !== "en") await dictionariesLoaded;
render(html`<${AppView} app=${app} />`, document.body);
