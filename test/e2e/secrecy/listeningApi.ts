import { isAxiosError } from 'axios';
import { N8nApi } from '../../../demo/n8nApi';

/** n8n's REST API, and all that it answered, as it came. */
export class ListeningApi extends N8nApi {
	readonly answers: string[] = [];
	/** Dozens of them look at the same n8n, which spends its time answering otherwise. */
	protected override readonly checkIntervalMs = 500;

	constructor(url: string) {
		super(url);
		const keep = (answer: { status: number; data: unknown; config: { url?: string } }) =>
			this.answers.push(`${answer.config.url} ${answer.status} ${JSON.stringify(answer.data)}`);
		this.http.interceptors.response.use(
			(answer) => {
				keep(answer);
				return answer;
			},
			(failure: Error) => {
				if (isAxiosError(failure) && failure.response) keep(failure.response);
				return Promise.reject(failure);
			},
		);
	}
}
