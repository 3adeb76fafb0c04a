/** The status page: what `audit-relay status` says, live. Everything on it comes from the agent that served it. */
import { type JSX, render } from 'preact';
import { useConnection } from './connection.ts';
import { Header, Shown } from './page.tsx';
import { tokenOf } from './session.ts';
import { TokenForm } from './token-form.tsx';
import './style.css';
import 'uplot/dist/uPlot.min.css';

function Page(): JSX.Element {
  const { state, useToken } = useConnection();
  const { link } = state;
  if (link.kind !== 'token') {
    const forget = tokenOf() === undefined ? undefined : () => useToken(undefined);
    return <Shown state={state} forget={forget} />;
  }
  return (
    <>
      <Header state={state} />
      <main>
        <TokenForm key={String(link.isWrong)} isWrong={link.isWrong} onToken={useToken} />
      </main>
    </>
  );
}

const place = document.getElementById('page');
if (place !== null) render(<Page />, place);
