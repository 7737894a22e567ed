import { html } from "htm/preact";

/* Drawn on a grid of 20, in lines of 1.6, so that they sit well beside text of any weight. */
const paths = {
  plus: "M10 4v12M4 10h12",
  lock: "M5.5 9h9v7.5h-9zM7 9V6.5a3 3 0 0 1 6 0V9",
  unlock: "M5.5 9h9v7.5h-9zM7 9V6.5a3 3 0 0 1 5.7-1.3",
  send: "M10 16V4.5M5 9.5l5-5 5 5",
  back: "M12 4.5 6.5 10l5.5 5.5",
  down: "M10 4v11.5M5 10.5l5 5 5-5",
  more: "M4.5 10h.01M10 10h.01M15.5 10h.01",
  close: "M5 5l10 10M15 5 5 15",
  check: "M4 10.5 8 14.5 16 6",
  copy: "M7.5 7.5h8.5v8.5H7.5zM12.5 4H5a1 1 0 0 0-1 1v7.5",
  clock: "M10 6v4l2.5 1.5M17 10a7 7 0 1 1-14 0 7 7 0 0 1 14 0Z",
  alert: "M10 6v5M10 14h.01M17 10a7 7 0 1 1-14 0 7 7 0 0 1 14 0Z",
  retry: "M16 10a6 6 0 1 1-1.8-4.3M16 3.5V7h-3.5",
  invite:
    "M8 10.5a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM2.5 16.5c.6-2.4 2.8-3.5 5.5-3.5s4.9 1.1 5.5 3.5M15.5 6v5M13 8.5h5",
  people:
    "M7.5 9.5a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM2 16c.6-2.6 2.8-3.8 5.5-3.8S12.4 13.4 13 16M13 4a2.8 2.8 0 0 1 0 5.3M15 12.6c1.6.5 2.6 1.6 3 3.4",
  person: "M10 10a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7ZM4 17c.7-2.8 3-4.2 6-4.2s5.3 1.4 6 4.2",
  device: "M3 15.5h8M4 4.5h11a1 1 0 0 1 1 1V7M3 5.5v7M11 12.5H3M13 9.5h4v7h-4zM15 14.5h.01",
  settings: "M3 6.5h8M15 6.5h2M3 13.5h2M9 13.5h8M13 4.5v4M7 11.5v4",
  leave: "M8 4H5a1 1 0 0 0-1 1v10a1 1 0 0 0 1 1h3M12 6.5 15.5 10 12 13.5M15 10H8",
  key: "M12.5 11.5a4 4 0 1 0-3.8-2.7L3 14.5V17h3v-2h2v-2l1.7-1.7c.8.2 1.8.2 2.8.2ZM13 7h.01",
  swap: "M4 7h11M12 4l3 3-3 3M16 13H5M8 10l-3 3 3 3",
  keyboard: "M3 5.5h14v9H3zM6 8.5h.01M9 8.5h.01M12 8.5h.01M14.5 8.5h.01M7 11.5h6",
  globe:
    "M17 10a7 7 0 1 1-14 0 7 7 0 0 1 14 0ZM3 10h14M10 3c2.5 2.5 2.5 11.5 0 14M10 3c-2.5 2.5-2.5 11.5 0 14",
  clip: "M14.8 9.3 9.6 14.5a3.2 3.2 0 0 1-4.5-4.5l6-6a2.1 2.1 0 0 1 3 3l-6 6a1 1 0 0 1-1.5-1.5L11.8 6.3",
  file: "M11.5 3H6a1 1 0 0 0-1 1v12a1 1 0 0 0 1 1h8a1 1 0 0 0 1-1V6.5ZM11.5 3v3.5H15",
  folder: "M3 5.5a1 1 0 0 1 1-1h3.6l1.9 2H16a1 1 0 0 1 1 1v7.5a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1Z",
  image:
    "M4 4h12a1 1 0 0 1 1 1v10a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V5a1 1 0 0 1 1-1ZM7.5 8.5h.01M3.5 14.5 8 10.5l3 2.5 2.5-2 3 2.5",
  audio: "M8 14.5V5l7.5-1.5V13M8 14.5a2 2 0 1 1-4 0 2 2 0 0 1 4 0ZM15.5 13a2 2 0 1 1-4 0 2 2 0 0 1 4 0Z",
  video: "M4 5h8a1 1 0 0 1 1 1v8a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V6a1 1 0 0 1 1-1ZM13 9l4-2.5v7L13 11",
  text: "M5 5h10M5 8.3h10M5 11.7h10M5 15h6",
  files:
    "M7 6V4a1 1 0 0 1 1-1h5.5L17 6.5V13a1 1 0 0 1-1 1h-2M10 6H4a1 1 0 0 0-1 1v9a1 1 0 0 0 1 1h8a1 1 0 0 0 1-1V9ZM10 6v3h3",
  download: "M10 3.5v9M6 9l4 4 4-4M4 16.5h12",
  pause: "M7 5v10M13 5v10",
  play: "M7 4.5v11l8.5-5.5Z",
  message: "M4 4.5h12a1 1 0 0 1 1 1v7.5a1 1 0 0 1-1 1H9.5L6 17v-3H4a1 1 0 0 1-1-1V5.5a1 1 0 0 1 1-1Z",
  remove: "M8 10.5a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM2.5 16.5c.6-2.4 2.8-3.5 5.5-3.5s4.9 1.1 5.5 3.5M13 8.5h5",
  trash: "M4 6h12M8 6V4h4v2M5.5 6l.7 10a1 1 0 0 0 1 1h5.6a1 1 0 0 0 1-1l.7-10M8.5 9v5M11.5 9v5",
  go: "M4.5 10h11M10.5 5l5 5-5 5",
} as const;

export type IconName = keyof typeof paths;

/** A picture beside words that say the same, or in a button that has an accessible name of its own. */
export function Icon({ name }: { name: IconName }) {
  return html`<svg class="icon" viewBox="0 0 20 20" aria-hidden="true"><path d=${paths[name]} /></svg>`;
}
