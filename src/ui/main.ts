import { html, render } from "htm/preact";
import { createApp } from "./models/app.ts";
import { browserDeps } from "./models/browser.ts";
import { AppView } from "./views/app.ts";
import { followPage } from "./views/page.ts";

const app = createApp(browserDeps());
followPage(app);
render(html`<${AppView} app=${app} />`, document.body);
