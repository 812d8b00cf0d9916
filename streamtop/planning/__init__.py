"""From a request, made by a form or a command, to a plan that can be shown and carried out."""
