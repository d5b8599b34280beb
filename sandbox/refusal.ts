import { STATUS_CODES } from 'node:http';

/** What a route throws to respond with a status of 400 or more. */
export type Refusal = Error & { statusCode: number; body?: object };

/** A refusal with the body `{ error, message }`. */
export function refusal(statusCode: number, message: string): Refusal {
	return Object.assign(new Error(message), { statusCode });
}

/** A refusal with the body of the NestJS framework: `{ message, error, statusCode }`, a list for invalid fields. */
export function nestRefusal(statusCode: number, message: string | string[]): Refusal {
	const body = { message, error: STATUS_CODES[statusCode], statusCode };
	return Object.assign(new Error(String(message)), { statusCode, body });
}
