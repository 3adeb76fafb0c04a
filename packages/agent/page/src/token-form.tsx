/** Asks for the agent's http.token, which this tab keeps and sends to this host alone. */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';

interface TokenFormProps {
  readonly isWrong: boolean;
  onToken(token: string): void;
}

export function TokenForm({ isWrong, onToken }: TokenFormProps): JSX.Element {
  const [token, setToken] = useState('');
  const submit = (event: Event): void => {
    event.preventDefault();
    if (token.trim() !== '') onToken(token.trim());
  };
  return (
    <form class="token" onSubmit={submit}>
      <h2>This agent asks for its token</h2>
      <p id="token-help">
        It stands as <code>http.token</code> in the configuration. This tab keeps it until it is closed.
      </p>
      <label for="token">Token</label>
      <div class="field">
        <input
          id="token"
          type="password"
          autocomplete="off"
          spellcheck={false}
          value={token}
          aria-describedby={isWrong ? 'token-wrong token-help' : 'token-help'}
          aria-invalid={isWrong}
          onInput={(event) => setToken(event.currentTarget.value)}
        />
        <button type="submit">Show the status</button>
      </div>
      <p id="token-wrong" class="wrong" role="alert">
        {isWrong ? 'This is not the token: the agent refuses it.' : ''}
      </p>
    </form>
  );
}
