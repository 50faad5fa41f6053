// Draws /api/openapi.json and /api/protocol.json. Text goes in as text, never as markup.
"use strict";

function element(name, attributes, ...children) {
  const made = Object.assign(document.createElement(name), attributes);
  made.append(...children);
  return made;
}

function messageName(schema) {
  return schema?.$ref?.split("/").pop();
}

function link(name) {
  return element("a", { href: `#message-${name}`, textContent: name });
}

/** The type of a schema as nodes; references become links. */
function typeNodes(schema) {
  if (!schema || Object.keys(schema).length === 0) return ["any"];
  if (schema.$ref) return [link(messageName(schema))];
  if (schema.const !== undefined) return [JSON.stringify(schema.const)];
  if (schema.enum) return [schema.enum.map((value) => JSON.stringify(value)).join(" | ")];
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) return choices.flatMap((choice, index) => [...(index ? [" | "] : []), ...typeNodes(choice)]);
  if (schema.prefixItems) {
    return ["[", ...schema.prefixItems.flatMap((item, index) => [...(index ? ", " : ""), ...typeNodes(item)]), "]"];
  }
  if (schema.type === "array") return [...typeNodes(schema.items), "[]"];
  const bounds = ["minLength", "maxLength", "minimum", "maximum", "pattern", "format"]
    .filter((bound) => schema[bound] !== undefined)
    .map((bound) => `${bound} ${schema[bound]}`);
  return [schema.type + (bounds.length ? ` (${bounds.join(", ")})` : "")];
}

function entry(id, title, note, rows) {
  const table = element(
    "table",
    {},
    ...rows.map(([name, nodes, text]) =>
      element("tr", {}, element("td", { textContent: name }), element("td", {}, ...nodes), element("td", { textContent: text ?? "" })),
    ),
  );
  return element("article", { id }, element("h3", {}, ...title), element("div", { className: "note", textContent: note ?? "" }), table);
}

function content(part) {
  return Object.entries(part?.content ?? {}).flatMap(([type, { schema }]) => (schema ? typeNodes(schema) : [type]));
}

function drawRest(document_) {
  const section = document.getElementById("rest");
  for (const [path, methods] of Object.entries(document_.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      const rows = operation.parameters.map((one) => [one.name, typeNodes(one.schema), one.in]);
      if (operation.requestBody) rows.push(["body", content(operation.requestBody), ""]);
      rows.push(["200", content(operation.responses["200"]), operation.responses["200"].description]);
      const note = [operation.summary, operation.security ? "需登录" : "无需登录", operation["x-permission"]];
      const verb = element("span", { className: "method", textContent: method.toUpperCase() });
      section.append(entry(`rest-${operation.operationId}`, [verb, path], note.filter(Boolean).join(" · "), rows));
    }
  }
}

function drawMessages(schemas) {
  const section = document.getElementById("messages");
  for (const name of Object.keys(schemas).sort()) {
    const schema = schemas[name];
    const rows = Object.entries(schema.properties ?? {}).map(([field, part]) => [
      field + ((schema.required ?? []).includes(field) ? "" : "?"),
      typeNodes(part),
      part.description,
    ]);
    section.append(entry(`message-${name}`, [name], schema.description, rows));
  }
}

function drawSocket(protocol) {
  for (const [name, command] of Object.entries(protocol.commands)) {
    const rows = [
      ["body", typeNodes(command.body)],
      ["result", typeNodes(command.result)],
    ];
    document.getElementById("commands").append(entry(`command-${name}`, [name], command.description, rows));
  }
  for (const [name, event] of Object.entries(protocol.events)) {
    document.getElementById("events").append(entry(`event-${name}`, [name], event.description, [["body", typeNodes(event.body)]]));
  }
}

function filter(words) {
  for (const article of document.querySelectorAll("article")) {
    article.hidden = !article.textContent.toLowerCase().includes(words.toLowerCase());
  }
}

async function draw() {
  const [rest, socket] = await Promise.all(
    ["/api/openapi.json", "/api/protocol.json"].map((address) => fetch(address).then((answer) => answer.json())),
  );
  drawRest(rest);
  drawSocket(socket);
  drawMessages({ ...rest.components.schemas, ...socket.components.schemas });
  document.getElementById("filter").addEventListener("input", (event) => filter(event.target.value));
  if (location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView();
}

draw();
