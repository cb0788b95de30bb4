"use strict";

/**
 * Plugin of Swagger UI: its parts below the heading of our page, in a form that assistive
 * technology can follow. By itself it has a `main` of its own, links inside of buttons, fields
 * without a name, a table that is said to be a region, and leaves out levels of headings.
 */
function accessibleParts({ React }) {
  const element = React.createElement;

  function ReferenceLayout({ getComponent, specSelectors }) {
    const part = (name) => element(getComponent(name, true));
    const shown = specSelectors.specStr()
      ? [element("p", null, specSelectors.info().get("description")), part("operations"), part("Models")]
      : [];
    return element(
      "div", { className: "swagger-ui" }, element(getComponent("SvgAssets")), part("errors"), ...shown);
  }

  const OperationTag = ({ tag, children }) =>
    element("section", null, element("h2", null, tag === "default" ? "Operations" : tag), children);

  // The address still changes with what is open, so an operation can be linked to.
  const DeepLink = ({ text }) => element("span", null, text);

  const asHeading = (Summary) => (props) =>
    element("div", { role: "heading", "aria-level": 3 }, element(Summary, props));

  const labelled = (Field) => (props) =>
    element("label", null,
      element("span", { className: "spoken" }, props.description), element(Field, props));

  const nameBody = (Field) => (props) => element(Field, { "aria-label": "Request body", ...props });

  const asTable = (Responses) => (props) =>
    element("div", { ref: (box) => box?.querySelector("table[role=region]")?.removeAttribute("role") },
      element(Responses, props));

  return {
    components: { ReferenceLayout, OperationTag, DeepLink },
    wrapComponents: {
      OperationSummary: asHeading,
      JsonSchemaForm: labelled,
      TextArea: nameBody,
      responses: asTable,
    },
  };
}

function followColours() {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const follow = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
  dark.addEventListener("change", follow);
  follow();
}

followColours();
const reference = document.querySelector("#reference");
window.SwaggerUIBundle({
  domNode: reference,
  url: reference.dataset.url,
  plugins: [accessibleParts],
  layout: "ReferenceLayout",
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  syntaxHighlight: { theme: "obsidian" },
  // Swagger UI would send the document to swagger.io.
  validatorUrl: null,
});
