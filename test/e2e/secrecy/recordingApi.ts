import { isAxiosError } from 'axios';
import { N8nApi } from '../../../demo/n8nApi';

/** n8n's REST API. It records all responses as text. */
export class RecordingApi extends N8nApi {
	readonly responses: string[] = [];

	constructor(url: string) {
		super(url);
		const record = (response: { status: number; data: unknown; config: { url?: string } }) =>
			this.responses.push(`${response.config.url} ${response.status} ${JSON.stringify(response.data)}`);
		this.http.interceptors.response.use(
			(response) => {
				record(response);
				return response;
			},
			(error: Error) => {
				if (isAxiosError(error) && error.response) record(error.response);
				return Promise.reject(error);
			},
		);
	}
}
