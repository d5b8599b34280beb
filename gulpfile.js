const { rm } = require('node:fs/promises');
const gulp = require('gulp');

/** Files that tsc does not write: icons, codex files, output schemas, and the main file of the package. */
const STATIC_FILES = ['nodes/**/*.{svg,json}', 'icons/*.svg', 'index.js'];

const clean = () => rm('dist', { recursive: true, force: true });

// "encoding: false" copies bytes: gulp 5 would otherwise read every file as UTF-8 text.
const copyStaticFiles = () => gulp.src(STATIC_FILES, { base: '.', encoding: false }).pipe(gulp.dest('dist'));

exports.clean = clean;
exports.build = gulp.series(clean, copyStaticFiles);
