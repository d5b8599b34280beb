// Everything that is not the published node: tests, sandbox, demo, benchmarks, build. The node itself
// (nodes, credentials, package.json) is linted by the eslint.config.mjs of the root, which is n8n's own, unchanged.
import eslint from '@eslint/js';
import prettier from 'eslint-config-prettier';
import { resolve } from 'node:path';
import tseslint from 'typescript-eslint';

export default tseslint.config(
	{ ignores: ['dist', 'coverage', '.local', 'nodes', 'credentials'] },
	eslint.configs.recommended,
	tseslint.configs.recommendedTypeChecked,
	{
		languageOptions: {
			parserOptions: { project: './test/tsconfig.json', tsconfigRootDir: resolve(import.meta.dirname, '..') },
		},
		rules: {
			'@typescript-eslint/switch-exhaustiveness-check': 'error',
			'@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
		},
	},
	{
		files: ['**/*.js'],
		languageOptions: {
			sourceType: 'commonjs',
			globals: { require: 'readonly', module: 'writable', exports: 'writable', __dirname: 'readonly' },
		},
		rules: { '@typescript-eslint/no-require-imports': 'off' },
	},
	prettier,
);
