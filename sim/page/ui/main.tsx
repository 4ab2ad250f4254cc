import { render } from 'preact';
import { languageOf, speak } from '../../texts/language.js';
import { App } from './app.js';

// `?lang=zh` behind the page's address, or what the browser speaks.
speak(languageOf(new URLSearchParams(location.search).get('lang') ?? navigator.language));
render(<App />, document.getElementById('page') as HTMLElement);
