// The answer of a whitelisted method, or the text of its refusal.
async function ask(method, values) {
	const response = await fetch(`/api/method/${method}`, {
		method: "POST",
		headers: {
			"Content-Type": "application/json",
			Accept: "application/json",
			"X-Frappe-CSRF-Token": frappe.csrf_token,
		},
		body: JSON.stringify(values),
	});
	const body = await response.json();
	if (response.ok) return { answer: body.message };
	const [message] = JSON.parse(body._server_messages || "[]");
	if (!message) throw new Error(response.statusText);
	// a document that is never shown: of the message's HTML the text alone
	const page = new DOMParser().parseFromString(JSON.parse(message).message, "text/html");
	return { error: page.body.textContent.trim() };
}
