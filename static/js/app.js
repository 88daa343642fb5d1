/* The page's own behaviour. Each module defines light-DOM elements or listens on the document, so that what htmx
   swaps in works without being started. Nothing here is needed to read, fill in or send a page. */
import "./preferences.js";
import "./flash-message.js";
import "./dialogs.js";
import "./keyboard.js";
import "./site-search.js";
import "./busy.js";
import "./live-status.js";
import "./password-reveal.js";
import "./copy-text.js";
import "./rank-board.js";
import "./weight-sliders.js";
import "./selection-bar.js";
import "./value-curve.js";
