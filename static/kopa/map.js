// The zoomable map of the search page. Leaflet is loaded when the reader asks for it, tiles come from the host that
// the installation has chosen. Its circles are those of the small map beside the list, and change with it.
const script = document.querySelector("script[data-kopa-leaflet]");
const results = document.getElementById("results");
let leaflet;
let drawn;
let isOpen = false;

function load() {
  leaflet ??= new Promise((resolve, reject) => {
    const style = document.createElement("link");
    style.rel = "stylesheet";
    style.href = script.dataset.kopaLeafletStyle;
    const program = document.createElement("script");
    program.src = script.dataset.kopaLeaflet;
    program.addEventListener("load", () => resolve(window.L));
    program.addEventListener("error", () => {
      style.remove();
      program.remove();
      leaflet = undefined; // The next time it is asked for anew.
      reject(new Error("Leaflet was not loaded"));
    });
    document.head.append(style, program);
  });
  return leaflet;
}

function sayThatItFailed(box) {
  const told = document.createElement("p");
  told.className = "k-zoomable__failed";
  told.setAttribute("role", "status");
  box.replaceChildren(told);
  told.textContent = box.dataset.failed;
}

// A map that results have replaced would still listen to the window.
function forget() {
  drawn?.remove();
  drawn = undefined;
}

async function show(box) {
  let L;
  try {
    L = await load();
  } catch {
    sayThatItFailed(box);
    return;
  }
  if (box.dataset.drawn || !box.isConnected || box.hidden) return;
  forget();
  box.replaceChildren();
  box.dataset.drawn = "yes";
  const { url, attribution, zoomIn, zoomOut } = box.dataset;
  // Leaflet styles its element; htmx would carry the style of one with an id over as an attribute, which the
  // content policy forbids.
  const inner = document.createElement("div");
  inner.className = "k-zoomable__map";
  box.append(inner);
  const map = L.map(inner, { zoomControl: false, attributionControl: false, scrollWheelZoom: false });
  drawn = map;
  L.control.zoom({ zoomInTitle: zoomIn, zoomOutTitle: zoomOut }).addTo(map);
  // As text: what a setting says is never read as HTML.
  const named = document.createElement("span");
  named.textContent = attribution;
  L.control.attribution({ prefix: false }).addAttribution(named.innerHTML).addTo(map);
  L.tileLayer(url, { maxZoom: 17 }).addTo(map);
  const style = getComputedStyle(box);
  const points = [...results.querySelectorAll("circle[data-lat]")].map((circle) => {
    const at = [Number(circle.dataset.lat), Number(circle.dataset.lon)];
    const told = document.createElement("span");
    told.textContent = circle.querySelector("title").textContent;
    L.circleMarker(at, {
      radius: Math.max(6, Number(circle.getAttribute("r")) / 2),
      color: style.getPropertyValue("--m-free").trim(),
      fillOpacity: 0.7,
      weight: 2,
    }).bindTooltip(told).addTo(map);
    return at;
  });
  map.fitBounds(L.latLngBounds(points), { padding: [30, 30], maxZoom: 11 });
}

function toggle(open) {
  const box = document.getElementById("zoomable");
  const button = results.querySelector("[data-kopa-map]");
  if (!box || !button) return;
  isOpen = open;
  box.hidden = !open;
  button.setAttribute("aria-expanded", String(open));
  if (open) show(box);
}

results.addEventListener("click", (event) => {
  if (event.target.closest("[data-kopa-map]")) toggle(!isOpen);
});
// New results bring a new box: it opens again where the reader had it open.
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.target !== results) return;
  if (drawn && !drawn.getContainer().isConnected) forget();
  if (isOpen) toggle(true);
});
