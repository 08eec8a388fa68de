// How does a phone show the last seen pages without a connection? It keeps what the server
// marks as kept for one reader, and forgets all of it when somebody signs in or out.
"use strict";

const SHELL = "shell-1";
const PAGES = "pages-1";
const SHELL_URLS = [...{{ shell|safe }}, "{% url 'offline' %}"];
const OFFLINE_URL = "{% url 'offline' %}";
const HOME = "{% url 'payee_home' %}";
const DOORS = ["{% url 'sign_in' %}", "{% url 'sign_out' %}"];
const READER = "{{ reader }}";
const WHO = "/?reader";
const KEPT_AT = "X-Openspiff-Kept-At";
const AT_MOST = 30;
const SAID = "{% filter escapejs %}{% translate "Offline: as of %s. Amounts may have changed since." %}{% endfilter %}";

self.addEventListener("install", (event) => {
  event.waitUntil(
    (async () => {
      const shell = await caches.open(SHELL);
      // Without cookies: what stands in for a page is nobody's.
      await Promise.all(
        SHELL_URLS.map(async (url) =>
          shell.put(url, await fetch(url, { credentials: "omit", cache: "reload" })),
        ),
      );
      await self.skipWaiting();
    })(),
  );
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    (async () => {
      for (const name of await caches.keys()) {
        if (name !== SHELL && name !== PAGES) await caches.delete(name);
      }
      await self.clients.claim();
      // The page that brought this script came before it: ask for it once more, to keep it.
      for (const client of await self.clients.matchAll({ type: "window" })) {
        const answer = await fetch(client.url).catch(() => null);
        if (answer) await keep(client.url, answer);
      }
    })(),
  );
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (url.origin !== self.location.origin) return;
  if (DOORS.includes(url.pathname)) {
    event.waitUntil(forget());
    if (request.method !== "GET") return;
  }
  if (request.method !== "GET") return;
  if (request.mode === "navigate") {
    event.respondWith(page(event));
  } else if (SHELL_URLS.includes(url.pathname)) {
    event.respondWith(part(event, url.pathname));
  }
});

async function page(event) {
  const { request } = event;
  let answer;
  try {
    answer = await fetch(request);
  } catch {
    return fromPages(request.url);
  }
  event.waitUntil(keep(request.url, answer.clone()));
  return answer;
}

async function part(event, path) {
  const shell = await caches.open(SHELL);
  const fresh = fetch(event.request).then(async (answer) => {
    if (answer.ok) await shell.put(path, answer.clone());
    return answer;
  });
  const held = await shell.match(path);
  if (!held) return fresh;
  event.waitUntil(fresh.catch(() => null));
  return held;
}

async function keep(url, answer) {
  const reader = answer.headers.get(READER);
  if (!answer.ok || !reader) return;
  let pages = await caches.open(PAGES);
  const known = await pages.match(WHO);
  if (known && (await known.text()) !== reader) {
    await forget();
    pages = await caches.open(PAGES);
  }
  const headers = new Headers(answer.headers);
  headers.set(KEPT_AT, new Date().toISOString());
  const text = await answer.text();
  await pages.put(WHO, new Response(reader));
  await pages.delete(url);
  await pages.put(url, new Response(text, { status: 200, headers }));
  const urls = (await pages.keys()).filter((one) => !one.url.endsWith(WHO));
  for (const old of urls.slice(0, Math.max(0, urls.length - AT_MOST))) await pages.delete(old);
}

async function forget() {
  await caches.delete(PAGES);
}

async function fromPages(url) {
  const pages = await caches.open(PAGES);
  const path = new URL(url).pathname;
  const held = await pages.match(path === "/" ? HOME : url.split("#")[0]);
  if (!held) {
    const shell = await caches.open(SHELL);
    return (await shell.match(OFFLINE_URL)) || Response.error();
  }
  const at = new Date(held.headers.get(KEPT_AT));
  const shown = at.toLocaleString("{{ language|escapejs }}", { dateStyle: "medium", timeStyle: "short" });
  const notice = `<p class="notice warn" role="status">${SAID.replace("%s", shown)}</p>`;
  const text = (await held.text()).replace(/<main[^>]*>/, (main) => main + notice);
  return new Response(text, { status: 200, headers: held.headers });
}
