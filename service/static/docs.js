"use strict";

// validatorUrl: null keeps Swagger UI from sending the document to swagger.io.
const reference = document.querySelector("#reference");
window.SwaggerUIBundle({
  domNode: reference,
  url: reference.dataset.url,
  deepLinking: true,
  validatorUrl: null,
});
