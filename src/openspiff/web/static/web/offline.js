// Who keeps the pages for offline? The service worker, which is asked for here.
"use strict";

if ("serviceWorker" in navigator) {
  navigator.serviceWorker.register("/service-worker.js");
}
